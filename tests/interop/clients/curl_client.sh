# curl as an upload and a download in a script: the token by a config on standard input, so that no argument holds it.
set -eu
auth() { printf 'header = "Authorization: Bearer %s"\n' "$SEASONPROOF_ACCESS_TOKEN"; }
auth | curl -sSf -K - -T "$SEASONPROOF_UPLOAD_FILE" -H 'Content-Type: application/octet-stream' "$SEASONPROOF_FILES_URL/upload.bin"
auth | curl -sSfL -K - -o "$SEASONPROOF_DOWNLOAD_FILE" "$SEASONPROOF_DOWNLOAD_URL"
