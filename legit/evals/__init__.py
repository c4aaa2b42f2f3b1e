"""Evaluation of models and of descriptions against labelled cases."""
