"""What users do, done in a real Chromium."""
