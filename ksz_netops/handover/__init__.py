"""What a partner's engineer receives: the agreed values, a configuration, a test plan."""
