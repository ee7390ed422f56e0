DROP INDEX error_hourly_hour;
DROP INDEX project_hourly_hour;
DROP TABLE request_samples;
DROP TABLE host_samples;
DROP TABLE health_samples;
