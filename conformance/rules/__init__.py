"""Pure judgements of exchanges: no HTTP library, no pytest, no mitmproxy."""
