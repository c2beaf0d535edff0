"""The embedded stack: real MongoDB, NATS, front, mail and SMS sinks and the five services, on one machine."""
