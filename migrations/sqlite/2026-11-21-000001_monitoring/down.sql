DROP TABLE request_samples;
DROP TABLE host_samples;
DROP TABLE health_samples;
