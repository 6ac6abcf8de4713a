"""From Findings, facts and logs to root causes in order, and the one screen of them."""
