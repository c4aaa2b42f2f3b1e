"""What every HTML page of the program is made of: its frame, tables and plots. A page loads nothing."""
