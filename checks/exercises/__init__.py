"""What each exercise asks for, and the mistakes that are known of it: a file or a folder for each."""
