"""What a lesson is given beside its exercises: models, measures, trainings."""
