"""The running operator: watches fill the store and the queue, workers gather, plan and apply."""
