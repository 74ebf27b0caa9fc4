"""What a token client is given to send besides its credentials."""

AUDIENCE = "https://api.example.com/accounts?region=eu&plan=a+b"
PARAMETERS = {
    "body": {"audience": AUDIENCE, "tenant": "a&b=c d"},
    "header": {"X-Tenant": "acme", "X-Region": "eu"},
    "query": {"api-version": "2026-01", "p": "a&b"},
}
"""Custom parameters of token requests, with reserved characters in them."""
