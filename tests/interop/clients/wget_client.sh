# wget as an upload and a download in a script: the token by a private configuration, so that no argument holds it.
set -eu
umask 077
config=$(mktemp)
printf 'header = Authorization: Bearer %s\nca_certificate = %s\n' "$SEASONPROOF_ACCESS_TOKEN" "$SEASONPROOF_CA_FILE" > "$config"
wget -q --config="$config" --method=PUT --body-file="$SEASONPROOF_UPLOAD_FILE" \
  --header='Content-Type: application/octet-stream' -O /dev/null "$SEASONPROOF_FILES_URL/upload.bin"
wget -q --config="$config" --tries=3 -O "$SEASONPROOF_DOWNLOAD_FILE" "$SEASONPROOF_DOWNLOAD_URL"
