"""Many reports and answers by one command: read, run side by side, kept, summed up."""
