-- What was cut stands whole in the occurrences.
SELECT 1;
