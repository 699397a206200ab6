"""Why a village has its rank: numbers, words and sentences."""
