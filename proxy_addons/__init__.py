"""mitmproxy addons: they hand what goes by to `conformance.traffic.observation`, and show what it says."""
