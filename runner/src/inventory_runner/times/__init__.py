"""Crons: fire times, words, and Quartz's form of them."""
