"""What stands for the outside: an SMTP server and an SMS gateway that keep messages, and misbehave by recipient."""
