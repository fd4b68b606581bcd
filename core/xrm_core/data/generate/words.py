"""The words that made-up customers are put together from; no name here is meant to be a real firm's."""

SYLLABLES = (
    "ba",
    "bri",
    "cal",
    "cor",
    "dan",
    "dor",
    "fel",
    "fri",
    "gal",
    "gri",
    "jor",
    "lan",
    "lor",
    "mar",
    "nel",
    "nor",
    "pal",
    "pro",
    "ral",
    "ros",
    "sel",
    "sol",
    "tal",
    "tri",
    "val",
    "ver",
    "vin",
    "zel",
)
ENDINGS = (
    "dane",
    "fique",
    "gor",
    "line",
    "mont",
    "nove",
    "pan",
    "rel",
    "rive",
    "tane",
    "tique",
    "vane",
    "vel",
    "zon",
)
TRADES = (
    "Mécanique",
    "Emballages",
    "Menuiserie",
    "Textiles",
    "Agencement",
    "Fournitures",
    "Logistique",
    "Électricité",
    "Imprimerie",
    "Conserverie",
    "Outillage",
    "Signalétique",
    "Horlogerie",
    "Verrerie",
)
FORMS = ("SARL", "SAS", "SA", "SASU", "SNC")

STREETS = (
    "rue de l'Exemple",
    "avenue du Modèle",
    "place de l'Essai",
    "impasse du Gabarit",
    "quai de l'Ébauche",
    "boulevard du Prototype",
    "allée de la Maquette",
    "chemin du Brouillon",
)
CITIES = (
    ("75011", "Paris"), ("69003", "Lyon"), ("13002", "Marseille"), ("31000", "Toulouse"), ("06000", "Nice"),
    ("44000", "Nantes"), ("34000", "Montpellier"), ("67000", "Strasbourg"), ("33000", "Bordeaux"),
    ("59000", "Lille"),
    ("35000", "Rennes"), ("51100", "Reims"), ("42000", "Saint-Étienne"), ("76600", "Le Havre"),
    ("38000", "Grenoble"), ("21000", "Dijon"), ("49000", "Angers"), ("30000", "Nîmes"), 
    ("63000", "Clermont-Ferrand"),
    ("29200", "Brest"), ("37000", "Tours"), ("80000", "Amiens"), ("87000", "Limoges"), ("57000", "Metz"),
)  # fmt: skip

ORDER_CHANNELS = ("PORTAL", "EMAIL", "PHONE", "EDI", "VISIT")
# Channel, cost of one contact in cents (rules.md D5), and its usual length in seconds where it has one.
CONTACT_CHANNELS = (("PHONE", 600, 420), ("EMAIL", 400, None), ("VISIT", 18_000, 5_400), ("PORTAL", 15, None))
SUBJECTS = (
    "Délai de livraison",
    "Demande de tarif",
    "Question sur une facture",
    "Suivi de commande",
    "Réclamation qualité",
    "Point annuel",
    "Mise à jour des coordonnées",
    "Demande de documentation",
)
OUTCOMES = ("ANSWERED", "FOLLOW_UP", "NO_ANSWER", "RESOLVED")
DEALS = (
    "Renouvellement annuel",
    "Extension de gamme",
    "Nouveau site",
    "Contrat-cadre",
    "Remplacement d'équipement",
)
NEXT_STEPS = ("Appeler l'acheteur", "Envoyer le devis", "Visite du site", "Valider la fiche de besoins")
LOSS_REASONS = ("PRICE", "COMPETITOR", "NO_NEED", "QUALITY", "SERVICE")
