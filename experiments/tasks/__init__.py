"""What experiments present: generated, seeded stimuli and the memories they are shown to."""
