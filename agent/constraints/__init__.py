"""What a request demands of its report: read before planning, checked after drafting, mended where it can be."""
