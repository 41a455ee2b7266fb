"""An inventory on disk: load it, compute desired states, open its vault, describe it."""
