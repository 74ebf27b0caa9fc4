"""From exchanges to a verdict: one run, its cases, the matchers that judge them, and what has to be undone."""
