DROP TABLE job_steps;
DROP TABLE jobs;
