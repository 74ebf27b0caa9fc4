"""Pure judgements of exchanges: no HTTP library, no pytest, no mitmproxy.

A rule has the name of the flaw that it looks for, such as `is_not_refused`. It returns the flaw as a sentence, or None;
its docstring says when there is none.
"""
