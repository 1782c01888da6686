"""Runs as OpenTelemetry traces, for who has a collector. Off unless set; needs the extra `otel`."""
