"""Running answers: choosing providers, the tasks that read them, and saving the result."""
