"""What scripts find in the global object beyond the language itself."""
