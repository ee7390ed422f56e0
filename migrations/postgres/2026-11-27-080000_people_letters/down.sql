DROP TABLE letters;
DROP TABLE untold_activity;
