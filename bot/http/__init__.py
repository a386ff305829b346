"""The HTTP surface: health, the threat level, public alerts, and the doors for what other systems send in."""
