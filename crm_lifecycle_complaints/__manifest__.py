{
    "name": "Customer Lifecycle: Complaints",
    "version": "19.0.1.0.0",
    "summary": "Complaints from receipt to the lesson learnt",
    "category": "Sales/CRM",
    "author": "Customer Lifecycle maintainers",
    "license": "LGPL-3",
    "depends": ["crm_lifecycle", "rating", "portal", "resource"],
    "data": [],
    "application": True,
}
