"""What was overheard or captured: live exchanges, captures and logs, judged by the same rules as the suites."""
