"""Training of the adapter that `qa_bot` ships: data, hard negatives, the trainer, its figures."""
