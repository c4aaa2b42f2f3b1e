"""Assessments in words."""
