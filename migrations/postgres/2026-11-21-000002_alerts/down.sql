DROP TABLE integrations;
DROP TABLE deliveries;
DROP TABLE alert_firings;
DROP TABLE incident_changes;
DROP TABLE incidents;
DROP TABLE alert_rules;
