"""mitmproxy addons: they hand what goes by to `conformance.observation`, and show what it says."""
