{
    "name": "Customer Lifecycle",
    "version": "19.0.1.0.0",
    "summary": "Know where each customer stands: acquire, enhance, retain",
    "category": "Sales/CRM",
    "author": "Customer Lifecycle maintainers",
    "license": "LGPL-3",
    "depends": ["crm", "sale_management", "account", "phone_validation"],
    "data": [
        "security/crm_lifecycle_groups.xml",
        "security/ir.model.access.csv",
        "security/crm_lifecycle_rules.xml",
        "views/crm_lifecycle_menus.xml",
    ],
    "application": True,
}
