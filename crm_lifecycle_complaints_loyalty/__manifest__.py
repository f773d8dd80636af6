{
    "name": "Customer Lifecycle: Complaints and Loyalty",
    "version": "19.0.1.0.0",
    "summary": "Points and codes as redress",
    "category": "Sales/CRM",
    "author": "Customer Lifecycle maintainers",
    "license": "LGPL-3",
    "depends": ["crm_lifecycle_complaints", "crm_lifecycle_loyalty"],
    "data": [
        "views/crm_complaint_redress_views.xml",
        "views/crm_complaint_service_class_views.xml",
        "views/loyalty_program_views.xml",
    ],
    "auto_install": True,
}
