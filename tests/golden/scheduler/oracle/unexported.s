// Lets queue.go name functions whose bodies are in other packages.
