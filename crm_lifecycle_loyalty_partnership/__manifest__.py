{
    "name": "Customer Lifecycle: Loyalty and Partnership",
    "version": "19.0.1.0.0",
    "summary": "A pricelist for a loyalty tier",
    "category": "Sales/CRM",
    "author": "Customer Lifecycle maintainers",
    "license": "LGPL-3",
    "depends": ["crm_lifecycle_loyalty", "partnership"],
    "data": ["views/crm_loyalty_tier_views.xml"],
    "auto_install": True,
}
