"""Requirements on services that store files for External Services."""
