"""Measuring the judgement against labelled cases."""
