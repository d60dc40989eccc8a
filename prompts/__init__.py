"""Versioned texts that people read: scorecards, coaching questions, mails. No other code."""
