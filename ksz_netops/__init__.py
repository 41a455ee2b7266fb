"""Connects partners to the Belgian social-security extranet: intent, configuration, proof."""
