"""How the sandbox's assistants answer: by themselves, by a script, or with the words of a real model."""
