"""Reference servers of the appointment systems that plug in, for tests, for a sandbox and for whoever writes one."""
