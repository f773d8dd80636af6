{
    "name": "Customer Lifecycle: Loyalty",
    "version": "19.0.1.0.0",
    "summary": "Points and rewards that follow where the customer stands",
    "category": "Sales/CRM",
    "author": "Customer Lifecycle maintainers",
    "license": "LGPL-3",
    "depends": ["crm_lifecycle", "sale_loyalty"],
    "data": [],
    "application": False,
}
