"""Tests of XRM: each reads as a sentence about what holds."""
