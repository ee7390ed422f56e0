DROP TABLE delivery_samples;
