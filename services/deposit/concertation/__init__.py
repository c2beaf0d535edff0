"""What is tried, asked and published: experiments, consultations, campaigns, the section of all démarches."""
